"""The plan of a sweep: which variants are trained and scored on which task, corpus and protocol, with which share of the examples and seed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product

from engine.errors import InputError
from engine.recipes import FINETUNE, HeadOptions, Recipe, heads_for
from engine.registry import unknown
from engine.tasks import TASKS
from engine.variants import VARIANTS, variant

ALL = "all"


@dataclass(frozen=True, order=True, kw_only=True)
class Target:
    """A downstream task on one corpus under one protocol."""

    task: str
    corpus: str
    protocol: str

    def __str__(self) -> str:
        return f"{self.task}/{self.corpus}/{self.protocol}"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One model to train and score."""

    variant: str
    target: Target
    seed: int
    recipe_name: str = "cpu"
    share: float = 1.0
    """Of the training examples: 1, 0.1 and 0.01 are ToD-BERT's regimes."""
    epochs: float | None = None
    """Passes over them; None for the recipe's."""

    @property
    def recipe(self) -> Recipe:
        """The task's recipe with this cell's seed, share and epochs."""
        known = FINETUNE[self.recipe_name][self.target.task]
        return replace(known, seed=self.seed, examples=None, share=self.share, epochs=known.epochs if self.epochs is None else self.epochs)

    @property
    def options(self) -> HeadOptions:
        """How the head compares."""
        return heads_for(self.recipe_name, self.target.protocol)

    @property
    def command(self) -> str:
        """The sweep of this cell alone."""
        epochs = "" if self.epochs is None else f" --epochs {self.epochs:g}"
        return (f"python -m engine sweep --variants {self.variant} --cells {self.target} --seeds {self.seed} --fraction {self.share:g}{epochs} "
                f"--recipe {self.recipe_name}")

    def __str__(self) -> str:
        return f"{self.variant} on {self.target}, seed {self.seed}, {self.share:.0%} of the examples"


def targets() -> tuple[Target, ...]:
    """Every task, corpus and protocol; each task's first protocol comes first, since it is the one to finish first."""
    found = ((number, Target(task=name, corpus=corpus, protocol=protocol)) for name in TASKS for corpus in TASKS[name].card.corpora
             for number, protocol in enumerate(TASKS[name].card.protocols))
    return tuple(target for _, target in sorted(found, key=lambda pair: pair[0]))


def chosen_targets(text: str) -> tuple[Target, ...]:
    """The targets that ``TASK[/CORPUS[/PROTOCOL]],...`` names, or all.

    Raises:
        UnknownNameError: A name, with a hint and the list.

    >>> [str(target) for target in chosen_targets("intent")]
    ['intent/oos/default']
    """
    if text == ALL:
        return targets()
    wanted = [_matching(part.strip()) for part in text.split(",") if part.strip()]
    if not wanted:
        raise InputError("no cell is named", where="--cells", remedy=f"give TASK, TASK/CORPUS or TASK/CORPUS/PROTOCOL, or {ALL}")
    return tuple(dict.fromkeys(target for part in wanted for target in part))


def _matching(text: str) -> list[Target]:
    names = text.split("/")
    if names[0] not in TASKS:
        raise unknown("task", names[0], list(TASKS))
    found = [target for target in targets() if str(target).split("/")[:len(names)] == names]
    if not found:
        raise unknown("cell", text, [str(target) for target in targets() if target.task == names[0]])
    return found


def chosen_variants(text: str) -> tuple[str, ...]:
    """The variants of a comma-separated list, or all.

    Raises:
        UnknownNameError: A name, with a hint and the list.
    """
    return tuple(VARIANTS) if text == ALL else tuple(dict.fromkeys(variant(name.strip()).name for name in text.split(",")))


def plan(variants: Iterable[str], wanted: Iterable[Target], *, seeds: Sequence[int], share: float = 1.0, epochs: float | None = None,
         recipe: str = "cpu") -> list[Cell]:
    """Every cell once, target by target: an interrupted sweep leaves whole rows to compare, and a variant's reading is shared by its seeds.

    Raises:
        UnknownNameError: The recipe.
        InputError: A share that is not above 0 and at most 1, or epochs that are not above 0.
    """
    if recipe not in FINETUNE:
        raise unknown("recipe", recipe, list(FINETUNE))
    if not 0 < share <= 1:
        raise InputError(f"{share} is not a share of the training examples", where="--fraction", remedy="give a number above 0, at most 1")
    if epochs is not None and not 0 < epochs < 1000:
        raise InputError(f"{epochs} is not a number of epochs", where="--epochs", remedy="give a number above 0")
    return [Cell(variant=name, target=target, seed=seed, recipe_name=recipe, share=share, epochs=epochs)
            for target, name, seed in product(wanted, variants, seeds)]
