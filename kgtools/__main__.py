"""Run the command as `python -m kgtools`."""

import sys

from kgtools.cli import main

sys.exit(main())
