"""The servers that `bench_post` posts to, each a process of its own: ours, and a bare route.

Ours is the API process of the embedded service without its worker, which would take the same cores;
the bare one reads the body, decodes it as ours does, and answers. Prints its port once it listens.

    python -m tests.benchmarks.post_server ours DIRECTORY
    python -m tests.benchmarks.post_server bare
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request, Response

from fusion import assembly
from fusion.intake.decode import decode_batch, decode_structured
from fusion.settings import Settings


def main(kind: str, *folder: str) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def announce() -> None:
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()

    if kind == "ours":
        data = Path(folder[0])
        assembly.run_api(data, Settings(data=data), listener=listener, announce=announce)
    else:
        config = uvicorn.Config(bare(), http="httptools", log_config=None, access_log=False)
        listener.listen()
        announce()
        uvicorn.Server(config).run(sockets=[listener])


def bare() -> FastAPI:
    """One route that does nothing but decode."""
    app = FastAPI(openapi_url=None)

    @app.post("/v1/signals")
    async def post(request: Request) -> Response:
        body = await request.body()
        if request.headers["content-type"].startswith("application/cloudevents-batch"):
            list(decode_batch(body))
            return Response(b'{"results":[]}', media_type="application/json")
        decode_structured(body)
        return Response(b"{}", status_code=202, media_type="application/json")

    return app


if __name__ == "__main__":
    main(*sys.argv[1:])
