"""A server of OpenID Connect: it signs in whoever it is told to, and signs the token."""

import json
import time
from base64 import urlsafe_b64encode
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "joip", "a-secret"
KEY = rsa.generate_private_key(65537, 2048)


class OIDCServer:
    def __init__(self):
        self.claims, self.codes, self.is_broken = {}, {}, False
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                server.answer(self, {})

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                server.answer(self, dict(parse_qsl(body.decode())))

            def log_message(self, *args):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()

    def answer(self, handler, form):
        path = urlsplit(handler.path).path
        bearer = handler.headers.get("Authorization", "").removeprefix("Bearer ")
        answers = {
            "/.well-known/openid-configuration": self.configuration,
            "/token": lambda: self.token(form),
            "/userinfo": lambda: self.codes[bearer],
            "/jwks": lambda: {
                "keys": [json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))]
            },
        }
        status = 500 if self.is_broken else 200
        body = json.dumps(answers[path]()).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def configuration(self):
        ends = {f"{name}_endpoint": f"{self.url}/{path}" for name, path in ENDPOINTS.items()}
        return {"issuer": self.url, "jwks_uri": f"{self.url}/jwks", **ends}

    def authorize(self, address, **claims):
        """What the browser does there: the query of the address to which it comes back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (asked["client_id"], asked["response_type"]) == (CLIENT, "code")
        code = f"code-{len(self.codes)}"
        self.codes[code] = claims | {"challenge": asked["code_challenge"]}
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, form):
        claims = self.codes[form["code"]]
        verifier = sha256(form["code_verifier"].encode()).digest()
        assert urlsafe_b64encode(verifier).rstrip(b"=").decode() == claims["challenge"]
        assert (form["client_id"], form["client_secret"]) == (CLIENT, SECRET)
        now = int(time.time())
        told = claims | {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 60}
        return {
            "access_token": form["code"],
            "token_type": "Bearer",
            "id_token": jwt.encode(told, KEY, algorithm="RS256"),
        }


ENDPOINTS = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
