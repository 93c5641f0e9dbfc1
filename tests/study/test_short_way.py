"""The usual beat is heard before Flask's round, and nobody can tell by the answer; every other takes the round."""

from __future__ import annotations

from flask import Flask

from tests.factories.study import Device
from tests.support.rounds import flask_rounds


def test_both_ways_answer_alike(app: Flask, device: Device, lesson: str) -> None:
    device.open(lesson)
    device.follow(20)
    device.clock.advance(seconds=20)
    with flask_rounds(app) as rounds:
        short = device.send(device.claim(20_000, 40_000))
        assert rounds == [], "answered before Flask"
        device.seq, device.nonce = short.json["seq"], short.json["nonce"]
        device.clock.advance(seconds=20)
        beats = f"/study/sessions/{device.session}/beats"
        long = device.client.post(f"{beats}?way=long", json=device.claim(40_000, 60_000))
        assert rounds == [beats]
    assert (short.status_code, long.status_code) == (200, 200)
    assert short.json.keys() == long.json.keys()
    assert long.json["credited_ms_lesson"] == short.json["credited_ms_lesson"] + 20_000
    names = set(short.headers.keys())
    assert names == set(long.headers.keys())
    same = names - {"Content-Length"}
    assert {name: short.headers[name] for name in same} == {name: long.headers[name] for name in same}


def test_the_first_beat_and_a_pause_are_judged_by_the_view(app: Flask, device: Device, lesson: str) -> None:
    device.open(lesson)
    with flask_rounds(app) as rounds:
        device.beat(0, 20_000, after=20)
        device.beat(20_000, 20_000, after=20, playing=False)
    assert len(rounds) == 2


def test_a_beat_with_a_wrong_nonce_is_refused_by_the_view(app: Flask, device: Device, lesson: str) -> None:
    device.open(lesson)
    device.follow(40)
    with flask_rounds(app) as rounds:
        answer = device.send(device.claim(40_000, 60_000, nonce="0" * 32))
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "NONCE_WRONG")
    assert len(rounds) == 1
