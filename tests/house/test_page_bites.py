"""The faults that are planted in the pages still fit them, name a story that there is, and leave no page out."""

import subprocess

import pytest

from tests.browser.bites.planting import PATCHES, ROOT, TOUCHED, story_of

PAGES = ROOT / "miniprogram-api/miniprogram/pages"


@pytest.mark.parametrize("name", [patch.stem for patch in PATCHES])
def test_a_fault_fits_and_its_story_is_there(name: str) -> None:
    patch = next(patch for patch in PATCHES if patch.stem == name)
    applied = subprocess.run(["git", "apply", "--check", "-C1", str(patch)], cwd=ROOT, capture_output=True, check=False)
    assert applied.returncode == 0, applied.stderr.decode()
    file, _, story = story_of(patch).partition("::")
    assert f"def {story}(" in (ROOT / "tests/browser" / file).read_text()


def test_every_page_has_a_fault() -> None:
    touched = {name for patch in PATCHES for name in TOUCHED.findall(patch.read_text())}
    assert [page.name for page in PAGES.iterdir() if not any(f"/{page.name}/" in name for name in touched)] == []
