"""The measure of all: a Flask page that renders a constant string."""

from flask import Flask

app = Flask(__name__)


@app.route("/")
def constant():
    """Say always the same."""
    return "Terroir du Maroc"
