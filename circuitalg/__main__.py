"""``python -m circuitalg`` is the command ``circuitalg``."""

from circuitalg.cli import main

if __name__ == "__main__":
    main()
