"""A picture of every page, desktop and phone, light and dark.

python -m tests.browser.screenshots [WAREHOUSE] [FOLDER]
"""

import sys
from pathlib import Path

from tests.browser.chromium import chromium
from tests.browser.site import addresses, served, wait_until_ready

SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


def main(warehouse: Path, folder: Path) -> None:
    """Write ``<page>-<size>-<appearance>.png`` and a printed overview; tell pages wider than the screen."""
    folder.mkdir(parents=True, exist_ok=True)
    with served(warehouse) as base, chromium() as browser:
        for size, (width, height) in SIZES.items():
            for appearance in ("light", "dark"):
                context = browser.new_context(
                    viewport={"width": width, "height": height}, color_scheme=appearance, locale="zh-CN"
                )
                page = context.new_page()
                for name, path in addresses(warehouse).items():
                    page.goto(base + path)
                    wait_until_ready(page)
                    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                        print(f"{name}, {size}: wider than the screen")
                    page.screenshot(path=folder / f"{name}-{size}-{appearance}.png", full_page=True)
                if (size, appearance) == ("desktop", "light"):
                    page.goto(base)
                    wait_until_ready(page)
                    page.pdf(path=folder / "overview-printed.pdf", prefer_css_page_size=True)
                context.close()
    print(f"{len(list(folder.iterdir()))} files in {folder}")


if __name__ == "__main__":
    given = [Path(argument) for argument in sys.argv[1:]]
    main(*(given + [Path("warehouse"), Path("build/screenshots")][len(given) :]))
