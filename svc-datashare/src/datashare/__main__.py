import sys

from chassis.cli import main
from datashare.service import SERVICE

sys.exit(main(SERVICE))
