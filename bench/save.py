"""What a save costs, beside the least and the plainest it could cost: `python -m bench.save`.

A slow machine measures fewer rounds: it takes about two minutes at most.
"""

import sys

from bench.servers import buckets, database, start_servers


def main():
    sys.stdout.reconfigure(line_buffering=True)
    start_servers()
    from bench import tables  # it imports models, so only now

    with database(), buckets():
        tables.print_all()


if __name__ == "__main__":
    main()
