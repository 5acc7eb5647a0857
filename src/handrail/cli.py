"""The commands of the course: parse, call one function, print, exit code. The only module that prints."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from handrail.model import HandrailError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code. What a person can cause ends in one sentence."""
    options, rest = parser().parse_known_args(arguments)
    if rest and not getattr(options, "passes_on", False):
        parser().error(f"unknown arguments: {' '.join(rest)}")
    options.rest = rest
    try:
        return int(options.run(options))
    except HandrailError as error:
        print(f"handrail: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"handrail: {error.filename}: {error.strerror}. Make it readable and writable.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(prog="handrail", description="A course whose exercises are checked as they are run.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: object, text: str, *, passes_on: bool = False) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run, passes_on=passes_on)
        return command

    add("lab", lab, "copy the stubs into work/ and open JupyterLab", passes_on=True)
    add("test", test, "prove the whole course", passes_on=True)
    one = add("build", build, "regenerate the notebooks whose sources changed")
    one.add_argument("lessons", nargs="*", help="only these lessons")
    one.add_argument("--all", action="store_true", help="run every lesson again, changed or not")
    one = add("prove", prove, "prove the exercises of lessons")
    one.add_argument("lessons", nargs="*", help="only these lessons")
    one.add_argument("--exercise", help="only this exercise")
    one = add("new", new, "write the files of a new lesson, with a working miniature exercise")
    one.add_argument("lesson", help="such as 01_fundamentals/06_cleaning_data")
    add("progress", progress, "show where the learner stands")
    add("bench", bench, "measure how long the checks take")
    return top


def lab(options: argparse.Namespace) -> int:
    """Open JupyterLab."""
    from handrail import catalog
    from handrail import lab as launcher

    return launcher.launch(catalog.find_root(), options.rest)


def test(options: argparse.Namespace) -> int:
    """Prove the course."""
    from handrail import catalog, suite

    return suite.run(catalog.find_root(), options.rest)


def build(options: argparse.Namespace) -> int:
    """Regenerate notebooks, and run the lessons whose code changed."""
    from handrail import catalog, refresh

    root = catalog.find_root()
    chosen = [catalog.lesson(root, path) for path in options.lessons] or list(catalog.lessons(root))
    failed = 0
    for line in refresh.refresh(root, chosen, everything=options.all, start_page=not options.lessons):
        failed += line.startswith("FAILED")
        print(line, flush=True)
    return 1 if failed else 0


def prove(options: argparse.Namespace) -> int:
    """Prove exercises one by one."""
    from handrail import catalog, proof

    root = catalog.find_root()
    chosen = [catalog.lesson(root, path) for path in options.lessons] or list(catalog.lessons(root))
    if options.exercise and catalog.exercise(root, options.exercise).lesson not in [x.path for x in chosen]:
        where = ", ".join(options.lessons)
        raise HandrailError(f"`{options.exercise}` is no exercise of {where}. Leave the lesson out.")
    wrong = 0
    for lesson in chosen:
        exercises = [e for e in lesson.exercises if options.exercise in (None, e.name)]
        for exercise, name, problems, seconds in proof.prove(lesson, exercises) if exercises else ():
            wrong += len(problems)
            print(f"{'ok  ' if not problems else 'FAIL'} {exercise.name}: {name} ({seconds:.1f} s)", flush=True)
            for problem in problems:
                print(f"       {problem}", flush=True)
    print(f"{wrong} problems" if wrong else "proved")
    return 1 if wrong else 0


def new(options: argparse.Namespace) -> int:
    """Write the files of a new lesson."""
    from handrail import catalog, template

    root = catalog.find_root()
    for file in template.write(root, options.lesson):
        print(f"wrote {file.relative_to(root)}")
    print(f"Next: edit them, then `make build` and `.venv/bin/handrail prove {options.lesson}`.")
    return 0


def progress(options: argparse.Namespace) -> int:
    """Show the roadmap."""
    from handrail import catalog, feedback, journal

    root = catalog.find_root()
    print(feedback.roadmap(catalog.phases(root), journal.load(root)).text)
    return 0


def bench(options: argparse.Namespace) -> int:
    """Measure the checks."""
    from handrail import bench as measure
    from handrail import catalog

    print(measure.report(catalog.find_root()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
