"""The list of users in the stack that Tripod's ancestor had: Flask, gunicorn, psycopg2. The same two queries."""

import os
import time
from datetime import datetime, timezone

import jwt
import psycopg2.extensions
from flask import Flask, g, jsonify, request
from psycopg2.extras import RealDictCursor
from psycopg2.pool import ThreadedConnectionPool

THREADS = int(os.environ["SEED_THREADS"])
SECRET = os.environ["SEED_JWT_SECRET"]

pool = ThreadedConnectionPool(THREADS, THREADS, os.environ["SEED_DATABASE_URL"], cursor_factory=RealDictCursor)
app = Flask(__name__)


def rows(sql, values):
    connection = pool.getconn()
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()
    finally:
        pool.putconn(connection)


@app.before_request
def authenticate():
    header = request.headers.get("Authorization", "")
    try:
        claims = jwt.decode(header.removeprefix("Bearer "), SECRET, algorithms=["HS256"], audience="tripod-api")
    except jwt.InvalidTokenError:
        return jsonify(error="unauthenticated"), 401
    found = rows(
        "select sessions.id as session_id, users.id as user_id, users.email, users.role, sessions.expires_at "
        "from sessions inner join users on users.id = sessions.user_id where sessions.id = %s "
        "and users.is_active = %s and sessions.revoked_at is null and sessions.expires_at > %s",
        (claims["sid"], True, int(time.time() * 1000)),
    )
    if not found or found[0]["role"] != "admin":
        return jsonify(error="session_ended"), 401
    g.user = found[0]


def instant(ms):
    if ms is None:
        return None
    return datetime.fromtimestamp(ms / 1000, timezone.utc).isoformat(timespec="milliseconds")


def to_json(row):
    user = {name: value for name, value in row.items() if name not in ("password_hash", "name_key")}
    for name in ("created_at", "updated_at", "last_login_at"):
        user[name] = instant(user[name])
    return user


@app.get("/api/v1/users")
def list_users():
    limit = int(request.args["limit"])
    found = rows("select * from users order by created_at desc, id desc limit %s", (limit + 1,))
    return jsonify(items=[to_json(row) for row in found[:limit]], next_cursor="more" if found[limit:] else None)
