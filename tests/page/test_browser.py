"""The page in a real Chromium, as ``laiyuan serve`` serves it: keyboard, no scripts, narrow, accessible, nothing from elsewhere."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.page_kit import TWIN

from .conftest import PAGES, Known, Visit

pytestmark = pytest.mark.slow
Start = Callable[..., Visit]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("place", range(PAGES))
def test_every_page_passes_axe_fetches_nothing_elsewhere_and_fits(visit: Start, known: Known, lang: str, place: int) -> None:
    # axe's script is put into the page past its policy, which would refuse it; the page itself has none.
    seen = visit(bypass_csp=True, viewport={"width": 320, "height": 640})
    path = known.paths()[place]
    seen.go(f"{path}{'&' if '?' in path else '?'}lang={lang}")
    page = seen.page
    assert page.locator("html").get_attribute("lang") == ("zh-Hans" if lang == "zh" else "en")
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found if each["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(each => Number(each.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert set(levels[1:]) <= {2}
    assert page.locator("script").count() == 0
    assert page.evaluate("window.hacked") is None
    assert {host for host in seen.hosts if not host.startswith("data")} == {seen.base.split("/")[2]}


def test_hostile_names_are_shown_and_nothing_runs(visit: Start, known: Known) -> None:
    seen = visit()
    for path in known.paths():
        seen.go(path)
        assert seen.page.evaluate("window.hacked") is None
        assert seen.page.locator("main img").count() == 0
    seen.go("/sources/laws")
    assert "<script>window.hacked=1</script>" in seen.page.locator("h1").inner_text()
    seen.go(f"/documents/{known.document}")
    assert "<script>window.hacked=2</script>" in seen.page.locator("pre").inner_text()
    # The policy held on every page: Chromium reports on the console what it refused.
    assert [said for said in seen.said if "404" not in said] == []


def test_without_scripts_all_of_it_works(visit: Start, known: Known) -> None:
    seen = visit(java_script_enabled=False)
    page = seen.page
    seen.go("/?lang=en")
    page.get_by_label("Document id, or the start of one").fill(known.twin[:16])
    page.get_by_role("button", name="Show").click()
    page.wait_for_url(f"**/documents/{known.twin}")
    assert page.get_by_role("img", name="Chain of custody").is_visible()
    page.get_by_role("link", name="中文").click()
    assert page.locator("h1").inner_text().startswith("文档")
    page.get_by_role("link", name="查找").click()
    page.get_by_label("文本", exact=True).fill(TWIN)
    page.get_by_role("button", name="查找").click()
    assert page.locator("h1").inner_text() == "查找结果"
    assert page.get_by_label("文本", exact=True).input_value() == TWIN
    assert page.get_by_role("link", name=known.twin[:12]).count() == 2
    for name in ("来源", "快照", "重复簇", "标注批次", "告警", "账本"):
        page.get_by_role("navigation", name="主导航").get_by_role("link", name=name).click()
        assert page.locator("h1").inner_text() == name
        assert page.locator("[aria-current=page]").inner_text() == name
    page.get_by_role("navigation", name="主导航").get_by_role("link", name="快照").click()
    page.get_by_role("link", name=known.snapshot[:12]).click()
    with page.expect_download() as saved:
        page.get_by_role("link", name="manifest.json").click()
    assert saved.value.suggested_filename == "manifest.json"


def test_a_keyboard_is_enough(visit: Start, known: Known) -> None:
    seen = visit()
    seen.go("/?lang=en")
    page = seen.page
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the content"
    assert page.locator(":focus").bounding_box()["x"] >= 0  # type: ignore[index]
    page.keyboard.press("Enter")
    assert page.locator(":focus").get_attribute("id") == "content"
    page.keyboard.press("Tab")
    assert page.locator(":focus").get_attribute("id") == "start"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.type(known.document[:20])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/documents/{known.document}")
    reached = set()
    for _ in range(200):
        page.keyboard.press("Tab")
        where = page.evaluate("[document.activeElement.tagName, document.activeElement.getAttribute('href')]")
        if where[0] == "BODY":
            break
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        reached.add(where[1])
    wanted = {f"/snapshots/{known.snapshot}/proof/{known.document}", "/sources/laws", f"/snapshots/{known.snapshot}", "/ledger"}
    assert wanted <= reached


def test_a_browser_without_the_token_sees_nothing(visit: Start, known: Known) -> None:
    seen = visit()
    assert "token" not in seen.page.url
    seen.page.context.clear_cookies()
    answer = seen.page.goto(f"{seen.base}/documents/{known.document}")
    assert answer is not None
    assert answer.status == 401
    assert known.document not in seen.page.content()
