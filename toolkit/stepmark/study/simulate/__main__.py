"""``python -m stepmark.study.simulate --out DIR`` writes a simulated corpus."""

import sys

from stepmark.study.simulate.ship import main

sys.exit(main())
