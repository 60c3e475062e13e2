import sys

from chassis.cli import main
from workorder.service import SERVICE

sys.exit(main(SERVICE))
