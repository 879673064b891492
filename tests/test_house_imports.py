"""What the import contracts cannot say: the worker is a file, and it stays small."""

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_worker_is_under_sixty_lines_and_knows_neither_starter_nor_sandbox() -> None:
    text = (ROOT / "worker.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 60
    imported = {
        node.module.split(".")[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and node.module
    }
    assert not imported & {"starter", "sandbox"}
