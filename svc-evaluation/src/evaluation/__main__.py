import sys

from chassis.cli import main
from evaluation.service import SERVICE

sys.exit(main(SERVICE))
