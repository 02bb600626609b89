"""Starts oidc-provider-mock on loopback, prints one line of JSON when it is ready, and ends when its
input is closed:

    {"issuer": "http://127.0.0.1:…", "clients": {"basic": {"client_id": …}, …}, "account": {"sub": …}}
"""

import json
import logging
import os
import sys
import urllib.request
from http import HTTPStatus

# It refuses plain http otherwise (Authlib reads it when it is imported).
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from oidc_provider_mock import User, run_server_in_thread

ACCOUNT = {
    "sub": "alice",
    "email": "alice@example.com",
    "email_verified": True,
    "name": "Alice Liddell",
    "zoneinfo": "Europe/London",
}
# The methods that it takes at the token endpoint.
METHODS = {"basic": "client_secret_basic", "post": "client_secret_post"}


def register(issuer: str, method: str) -> dict[str, object]:
    """A client by dynamic registration (RFC 7591): the provider chooses its id and its secret."""
    wish = {
        "redirect_uris": ["https://app.example.com/callback"],
        "token_endpoint_auth_method": method,
    }
    request = urllib.request.Request(
        f"{issuer}/oauth2/clients",
        data=json.dumps(wish).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as response:
        assert response.status == HTTPStatus.CREATED
        return json.load(response)


def main() -> None:
    logging.disable(logging.WARNING)
    claims = {name: value for name, value in ACCOUNT.items() if name != "sub"}
    users = [User(sub="alice", claims=claims)]
    with run_server_in_thread(require_client_registration=True, user_claims=users) as server:
        issuer = f"http://127.0.0.1:{server.server_port}"
        clients = {name: register(issuer, method) for name, method in METHODS.items()}
        print(json.dumps({"issuer": issuer, "clients": clients, "account": ACCOUNT}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
