"""No two modules import each other, whether directly or around a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("flows", "tasks", "deployments")

Graph = dict[str, set[str]]


def import_graph(root: Path, packages: tuple[str, ...]) -> Graph:
    """Map every module to the modules that it imports: at the top, in functions, and for type checking alone."""
    files = {
        _module_name(file.relative_to(root)): file for package in packages for file in root.glob(f"{package}/**/*.py")
    }
    return {name: {found for found in _imports(name, file, files) if found != name} for name, file in files.items()}


def _module_name(file: Path) -> str:
    return ".".join(file.with_suffix("").parts).removesuffix(".__init__")


def _imports(name: str, file: Path, known: dict[str, Path]) -> Iterator[str]:
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            yield from _from_imports(_source(node, package), node, known)


def _source(node: ast.ImportFrom, package: str) -> str:
    """Return the module after `from`, with a relative one made absolute."""
    if not node.level:
        return node.module or ""
    above = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*above, *([node.module] if node.module else [])])


def _from_imports(source: str, node: ast.ImportFrom, known: dict[str, Path]) -> Iterator[str]:
    """Yield the submodule where the name is one; the package itself only where the name is its own."""
    for alias in node.names:
        submodule = f"{source}.{alias.name}"
        if submodule in known or source in known:
            yield submodule if submodule in known else source


def cycles(graph: Graph) -> list[list[str]]:
    """Return the strongly connected components of more than one module, the largest first (Kosaraju's algorithm)."""
    importers: Graph = {name: set() for name in graph}
    for name, imported in graph.items():
        for one in imported:
            importers[one].add(name)
    order: list[str] = []
    seen: set[str] = set()
    for name in sorted(graph):
        order += _finished(graph, name, seen)
    seen.clear()
    components = [_finished(importers, name, seen) for name in reversed(order)]
    return sorted((sorted(one) for one in components if len(one) > 1), key=len, reverse=True)


def _finished(graph: Graph, start: str, seen: set[str]) -> list[str]:
    """Return what a depth-first search from here reaches for the first time, in the order in which it is left."""
    left: list[str] = []
    if start in seen:
        return left
    seen.add(start)
    path = [(start, iter(sorted(graph[start])))]
    while path:
        name, rest = path[-1]
        following = next((one for one in rest if one not in seen), None)
        if following is None:
            left.append(name)
            path.pop()
        else:
            seen.add(following)
            path.append((following, iter(sorted(graph[following]))))
    return left


def test_no_module_imports_itself_around_a_circle() -> None:
    """The import graph has no strongly connected component, type-checking and function-level imports counted."""
    found = cycles(import_graph(ROOT, PACKAGES))
    print(f"strongly connected components: {found or 'none'}")
    assert not found, "\n".join(" ⇄ ".join(component) for component in found)


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ({"one": "from app import two", "two": "import app.three", "three": ""}, []),
        ({"one": "from app import two", "two": "from app.one import X"}, [["app.one", "app.two"]]),
        ({"one": "from . import two", "two": "def f():\n    from .one import X"}, [["app.one", "app.two"]]),
        ({"one": "if TYPE_CHECKING:\n    import app.two", "two": "import app.one"}, [["app.one", "app.two"]]),
        ({"__init__": "from app.one import X", "one": "from app import two", "two": ""}, []),
        ({"__init__": "from app.one import X", "one": "from app import X"}, [["app", "app.one"]]),
    ],
)
def test_a_cycle_is_found_wherever_its_imports_stand(
    tmp_path: Path, sources: dict[str, str], expected: list[list[str]]
) -> None:
    """An import counts at every depth, and a package counts only where a name of its own is imported."""
    tmp_path.joinpath("app").mkdir()
    for name, source in {"__init__": "", **sources}.items():
        tmp_path.joinpath("app", f"{name}.py").write_text(source)
    assert cycles(import_graph(tmp_path, ("app",))) == expected
