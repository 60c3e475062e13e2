import sys

from certificate.service import SERVICE
from chassis.cli import main

sys.exit(main(SERVICE))
