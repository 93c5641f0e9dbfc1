"""B8: what a phone has to fetch, measured in Chromium with an empty cache: compressed bytes with headers, and requests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Browser, sync_playwright

if TYPE_CHECKING:
    from bench.engine import Cohort

BROWSER = Path(__file__).resolve().parent.parent / ".tools" / "browser"
PHONE = {"width": 360, "height": 780}
EXAM_KIB, EXAM_REQUESTS, VIEW_KB = 50, 8, 60


def weigh(cohort: Cohort) -> None:
    """Print the weight of the exam with all its items, and of the first view of three learner pages."""
    candidate, learner = cohort.savers[0], cohort.tokens["learners"][0]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_browser(), args=["--no-sandbox"])
        try:
            exam = _load(browser, cohort.port, candidate["cookie"], f"/sittings/{candidate['sitting']}")
            _print("B8-exam", "the sitting with all 96 items, cold", exam, EXAM_KIB * 1024, EXAM_REQUESTS)
            for name, path in (("home", "/study"), ("lesson", "/lessons/load-1"), ("exams", "/exams")):
                seen = _load(browser, cohort.port, learner["cookie"], path)
                _print(f"B8-{name}", f"first view of {path}, cold", seen, VIEW_KB * 1000, None)
        finally:
            browser.close()


def _browser() -> str | None:
    return BROWSER.read_text().strip() if BROWSER.exists() else None


def _load(browser: Browser, port: int, cookie: str, path: str) -> dict[str, Any]:
    """Open one page in a fresh profile and wait until the network is quiet."""
    context = browser.new_context(viewport=PHONE, locale="zh-CN")  # type: ignore[arg-type]
    context.add_cookies([{"name": "carbonlearn", "value": cookie, "url": f"http://127.0.0.1:{port}"}])
    page = context.new_page()
    watcher, ended, urls, cached = context.new_cdp_session(page), [], {}, set()
    watcher.on(
        "Network.requestWillBeSent", lambda sent: urls.update({sent["requestId"]: sent["request"]["url"]})
    )
    watcher.on("Network.requestServedFromCache", lambda served: cached.add(served["requestId"]))
    watcher.on("Network.responseReceived", lambda got: cached.update(_from_cache(got)))
    watcher.on(
        "Network.loadingFinished", lambda end: ended.append((end["requestId"], end["encodedDataLength"]))
    )
    watcher.send("Network.enable")
    answer = page.goto(f"http://127.0.0.1:{port}{path}", wait_until="networkidle")
    context.close()
    fetched = [(urls[request], size) for request, size in ended if request not in cached]
    own = [(url, size) for url, size in fetched if url.startswith("http")]
    return {
        "status": answer.status if answer else 0,
        "bytes": round(sum(size for _url, size in own)),
        "requests": len(own),
        "parts": [f"{url.split('/', 3)[3].split('?')[0]} {round(size)}" for url, size in own],
    }


def _from_cache(got: dict[str, Any]) -> list[str]:
    """The request, if its answer was in the cache already because an earlier one of the same page had fetched it."""
    return [got["requestId"]] if got["response"].get("fromDiskCache") else []


def _print(name: str, what: str, seen: dict[str, Any], most_bytes: int, most_requests: int | None) -> None:
    small = seen["bytes"] <= most_bytes and (most_requests is None or seen["requests"] <= most_requests)
    goal = f"<= {most_bytes} bytes" + (f" in <= {most_requests} requests" if most_requests else "")
    line = {"id": name, "what": what, "goal": goal, "met": small and seen["status"] == 200, **seen}
    print(json.dumps(line, ensure_ascii=False), flush=True)
