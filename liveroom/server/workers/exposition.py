"""Puts the metrics of several processes into one text, without making samples of them again.

The Prometheus text format (0.0.4) wants all samples of a metric together, after its HELP and TYPE.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

UP = "liveroom_worker_up"
HEAD = f"# HELP {UP} Whether this worker answered; those that did not are missing below.\n# TYPE {UP} gauge\n"


def merge(texts: Mapping[int, bytes], count: int) -> bytes:
    """One text for all; each sample gets the label `worker`.

    Args:
        texts: by the number of the worker, from 1; those that did not answer are missing.
        count: how many workers there are.
    """
    heads: dict[str, str] = {}
    samples: dict[str, list[str]] = {}
    for number in sorted(texts):
        name = ""
        for line in texts[number].decode().splitlines():
            if line.startswith("# "):
                name = line.split(" ", 3)[2]
                if line not in heads.setdefault(name, ""):
                    heads[name] += f"{line}\n"
            elif line:
                samples.setdefault(name, []).append(_label(line, number))
    return (HEAD + "".join(_write_ups(texts, count)) + "".join(_write(heads, samples))).encode()


def _write_ups(texts: Mapping[int, bytes], count: int) -> Iterator[str]:
    return (f'{UP}{{worker="{number}"}} {float(number in texts)}\n' for number in range(1, count + 1))


def _write(heads: Mapping[str, str], samples: Mapping[str, list[str]]) -> Iterator[str]:
    for name, head in heads.items():
        yield head
        yield from samples.get(name, ())


def _label(line: str, number: int) -> str:
    """A sample with one more label, which stands first; values of labels may have braces and blanks in them."""
    brace, blank = line.find("{"), line.find(" ")
    if 0 <= brace < blank:
        return f'{line[:brace]}{{worker="{number}",{line[brace + 1 :]}\n'
    return f'{line[:blank]}{{worker="{number}"}}{line[blank:]}\n'
