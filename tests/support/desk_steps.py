"""What the people at the desk do in this story: mark, release, revoke. Through pages alone."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

NOTHING_LEFT = "没有等您评的答卷"


def mark_script(page: Page, choice: int = -1) -> None:
    """Give each line of the rubric its first, second or last choice (none, half, all), and hand the script in."""
    for line in page.locator(".score-switch").all():
        line.locator("label").nth(choice).click()
    page.get_by_role("button", name="提交，下一份").click()
    page.wait_for_url(re.compile(r"/desk/marking$"))


def mark_everything(page: Page, choice: int = -1) -> int:
    """Mark until nothing is left for this person; how many scripts."""
    page.goto("/desk/marking")
    done = 0
    while page.get_by_text(NOTHING_LEFT).count() == 0:
        mark_script(page, choice)
        done += 1
    return done


def confirm_password(page: Page, password: str) -> None:
    """Answer the question that comes before an act that weighs."""
    page.wait_for_url(re.compile(r"/confirm"))
    page.locator('input[name="password"]').fill(password)
    page.get_by_role("button", name="确认并继续").click()


def release_results(page: Page, password: str) -> None:
    """Release the results of the window on the page; the password is asked for once more."""
    release = page.get_by_role("button", name=re.compile("发布 .* 份成绩"))
    release.click()
    confirm_password(page, password)
    page.wait_for_url(re.compile(r"/desk/results/"))
    release.click()
    expect(page.get_by_text("已发布").first).to_be_visible()


def revoke_certificate(page: Page, number: str, password: str, reason: str) -> None:
    """Find the certificate at the desk, give the password, and revoke it for a violation."""
    page.goto("/desk/certificates")
    page.get_by_role("link", name=number).click()
    page.get_by_role("link", name="输入密码，准备撤销").click()
    confirm_password(page, password)
    page.locator('input[name="category"][value="violation"]').check()
    page.locator('textarea[name="detail"]').fill(reason)
    page.get_by_role("button", name="撤销 1 张证书").click()
    page.wait_for_url(re.compile(r"/desk/certificates/"))
