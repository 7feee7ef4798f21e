"""`fusion verify --orphans` on a real directory: none where posts are held, by name where not."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.service import done, fusion, registered, serving
from tests.e2e.test_alert import Cast, sides


def test_orphans_are_counted_and_named_to_the_operator(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data, "--exercise", "orphans", "--clock", "2015-03-10") as service:
        registered(data)
        cast = Cast(service)
        cast.post(*sides(0))
        alert = cast.rita.get("/v1/alerts").json()["items"][0]["alert"]
        # rita holds the deputy's post of the mechanism that leads.
        assert done("verify", "--orphans", data=data) == "0"
        done("grants", "revoke", "rita", data=data)
        code, out, err = fusion("verify", "--orphans", data=data)
        assert (code, out) == (1, f"1\n{alert}\n")
        assert "fusion: /mechanisms/3/lead: nobody with grants acts for '/bank/chief'" in err
        assert "fusion: /steward: nobody with grants acts for '/harbour/links'" in err
        for client in (cast.rita, *cast.publishers.values()):
            client.close()
        assert service.end() == (0, "", "")
    assert fusion("verify", "--orphans", data=data)[0] == 1
