"""Seeds that were bad once; they are played every time."""

from pathlib import Path

FILE = Path(__file__).with_name("corpus.txt")


def kept_seeds() -> list[int]:
    """Return the seeds; what stands behind # says why each is kept."""
    lines = (line.partition("#")[0].strip() for line in FILE.read_text().splitlines())
    return [int(line) for line in lines if line]
