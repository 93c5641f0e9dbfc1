"""The sentence for each stable code. A feature registers its own beside its views; a code without a sentence fails a test."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

_SENTENCES: dict[str, Any] = {
    "SIGN_IN_NEEDED": _l("这个页面要登录后才能打开。登录后会回到这里。"),
    "NOT_PERMITTED": _l("您的角色没有这项权限。需要时请联系管理员授予。"),
    "CSRF_FAILED": _l("页面放得太久，表单已失效。请返回上一页刷新后再提交，填写的内容没有丢失。"),
    "BODY_TOO_LARGE": _l("发送的内容太大。"),
    "NOT_JSON_OBJECT": _l("请求的内容不是一个 JSON 对象。"),
    "UNKNOWN_FIELD": _l("请求里有不认识的字段 %(field)s。"),
    "MISSING_FIELD": _l("请求里缺少字段 %(field)s。"),
    "INVALID_FIELD": _l("字段 %(field)s 的值不合要求（%(rule)s）。"),
    "CERTIFICATE_NUMBER_FORM": _l("这不是证书编号的写法。请照证书上印的抄写。"),
    "CERTIFICATE_NUMBER_CHECK": _l("证书编号的校验位不对，可能抄错了一位。"),
    "BAD_REQUEST": _l("请求的格式不对，请返回重试。"),
    "NOT_FOUND": _l("没有找到这个页面，或者它不属于您。"),
    "METHOD_NOT_ALLOWED": _l("这个地址不接受这种请求。"),
    "TOO_MANY_REQUESTS": _l("请求太频繁，请稍等一会儿再试。"),
    "SERVER_FAULT": _l("服务器出了问题，已经记录。请稍后再试；已确认保存的内容不会丢失。"),
}


def register(sentences: dict[str, Any]) -> None:
    """Add a feature's sentences (code to lazy text). A code has one owner: the lowest feature that raises it.

    Raises ValueError for a code that has a sentence already, since which of two would be read would hang on the order of imports.
    """
    owned = sorted(sentences.keys() & _SENTENCES.keys())
    if owned:
        raise ValueError(f"registered by two features: {', '.join(owned)}")
    _SENTENCES.update(sentences)


def message(code: str, facts: dict[str, Any]) -> str:
    """The sentence of a code with its facts filled in, in the reader's language."""
    text = str(_SENTENCES.get(code, code))
    try:
        return text % facts if facts else text
    except (KeyError, TypeError, ValueError):
        return text


def known_codes() -> frozenset[str]:
    return frozenset(_SENTENCES)
