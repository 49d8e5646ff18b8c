"""What a person is told whose settings do not let a command begin."""

import os

from pydantic import ValidationError

from backend.kernel.settings import Settings


def unfit(error: ValueError) -> str:
    """Say which settings do not fit; where all of them are missing, that nothing was ever started here."""
    if not isinstance(error, ValidationError):
        return str(error)
    wrong = {str(each["loc"][0]).upper(): each for each in error.errors()}
    if all(each["type"] == "missing" for each in wrong.values()):
        folder = os.environ.get("VAR_DIR", Settings.model_fields["var_dir"].default)
        return (
            f"{folder} 里还没有运行数据：请先 `make run`，或把 VAR_DIR 指到它的目录，或设置 {'、'.join(wrong)}。 / "
            f"nothing was started in {folder} yet: `make run` first, or set VAR_DIR to where it was, "
            f"or set {', '.join(wrong)}"
        )
    return "; ".join(f"{name}: {each['msg']}" for name, each in wrong.items())
