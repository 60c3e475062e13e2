import sys

from catalog.service import SERVICE
from chassis.cli import main

sys.exit(main(SERVICE))
