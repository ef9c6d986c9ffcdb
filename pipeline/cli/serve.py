"""``laiyuan serve``: the read-only page on this host's loopback, behind a token."""

import click

from pipeline.cli.printing import opened_house


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=18083, show_default=True, help="Port on 127.0.0.1; 0 takes a free one.")
@click.option("--lang", type=click.Choice(("zh", "en")), default="zh", show_default=True, help="Language where nobody chose another.")
def serve(port: int, lang: str) -> None:
    """Open the read-only page: search, chains, snapshots, sources, clusters, batches, alarms and the ledger. Ctrl-C stops it.

    It listens on 127.0.0.1 only and prints the address with the token that a browser needs once. Nothing is ever written.

    Example: laiyuan serve --lang en
    """
    from pipeline.adapters.loopback import named
    from pipeline.adapters.loopback import serve as serve_alone

    house = opened_house()
    page = named("pipeline.page.app:create_page")(lambda: house, lang)
    serve_alone(page, port, click.echo)
