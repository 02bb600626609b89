"""Shows that the provider works, without any Tegata: code flow, ID token, UserInfo, refresh, sign-out.
When the Rust tests fail and this passes, the fault is ours.
"""

import base64
import json
import secrets
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet


class Browser(urllib.request.HTTPRedirectHandler):
    """Goes nowhere by itself: a redirect is an answer like any other."""

    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(Browser)


def send(url: str, form: dict[str, str] | None = None, authorization: str | None = None):
    """One exchange: status, headers, text."""
    body = urlencode(form).encode() if form is not None else None
    headers = {"Authorization": authorization} if authorization else {}
    try:
        response = OPENER.open(urllib.request.Request(url, data=body, headers=headers))
    except urllib.error.HTTPError as error:
        response = error
    with response:
        return response.status, response.headers, response.read().decode()


def get_json(url: str, **more):
    status, _, text = send(url, **more)
    assert status == 200, f"{status} at {url}: {text}"
    return json.loads(text)


def token(metadata, client, form: dict[str, str]):
    """The token endpoint, with the client's own authentication."""
    authorization = None
    if client["token_endpoint_auth_method"] == "client_secret_basic":
        pair = f"{client['client_id']}:{client['client_secret']}"
        authorization = "Basic " + base64.b64encode(pair.encode()).decode()
    else:
        form = {**form, "client_id": client["client_id"]}
        if client["token_endpoint_auth_method"] == "client_secret_post":
            form["client_secret"] = client["client_secret"]
    return send(metadata["token_endpoint"], form, authorization)


def signs_in(ready, metadata, client) -> None:
    """The whole road for one client."""
    state, nonce = secrets.token_urlsafe(), secrets.token_urlsafe()
    redirect_uri = client["redirect_uris"][0]
    query = {
        "response_type": "code",
        "client_id": client["client_id"],
        "redirect_uri": redirect_uri,
        "scope": "openid email profile",
        "state": state,
        "nonce": nonce,
    }
    url = f"{metadata['authorization_endpoint']}?{urlencode(query)}"
    assert send(url)[0] == 200
    status, headers, text = send(url, {"sub": ready["account"]["sub"]})
    assert status == 302, text
    answer = parse_qs(urlsplit(headers["Location"]).query)
    assert answer["state"] == [state]

    exchange = {
        "grant_type": "authorization_code",
        "code": answer["code"][0],
        "redirect_uri": redirect_uri,
    }
    status, _, text = token(metadata, client, exchange)
    assert status == 200, text
    tokens = json.loads(text)
    keys = KeySet.import_key_set(get_json(metadata["jwks_uri"]))
    claims = jwt.decode(tokens["id_token"], keys).claims
    assert (claims["iss"], claims["nonce"]) == (metadata["issuer"], nonce)
    assert claims["sub"] == ready["account"]["sub"]
    assert token(metadata, client, exchange)[0] == 400, "a code is good once"

    if client["token_endpoint_auth_method"] != "client_secret_basic":
        return  # it refreshes for no others
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    status, _, text = token(metadata, client, refresh)
    assert status == 200, text
    bearer = "Bearer " + json.loads(text)["access_token"]
    user_info = get_json(metadata["userinfo_endpoint"], authorization=bearer)
    assert user_info == ready["account"], user_info
    assert send(metadata["end_session_endpoint"])[0] == 200


def main() -> None:
    provider = [sys.executable, "-W", "ignore", str(Path(__file__).with_name("provider.py"))]
    with subprocess.Popen(provider, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        ready = json.loads(child.stdout.readline())
        metadata = get_json(f"{ready['issuer']}/.well-known/openid-configuration")
        assert metadata["issuer"] == ready["issuer"]
        for client in ready["clients"].values():
            signs_in(ready, metadata, client)
        child.stdin.close()
    print(f"{len(ready['clients'])} passed, 0 failed")


if __name__ == "__main__":
    main()
