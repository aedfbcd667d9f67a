"""The gate for foreign text: what is a secret, what is not, and what every database can store."""

from __future__ import annotations

import json
import time

import pytest

from tasks.domain.common.errors import Origin, PermanentError
from tasks.domain.common.redaction import redact, redact_texts, redact_value

SECRET = "hunter2"
PEM_LINE = "MIIEowIBAAKCAQEAx7Kq0Zk3b1vQ9yT5rW8nJ4mL2pF6sD0gHcVbNzXaQwErTyUi"

# One line each, as containers print it. The word that must go is SECRET, unless the line names another.
NAMED = [
    "AZURE_STORAGE_KEY=hunter2",
    "DB_PASSWORD=hunter2 PATH=/bin",
    "DB_PASS=hunter2",
    "SECRET_KEY=hunter2",
    "AWS_SECRET_ACCESS_KEY = hunter2",
    "export PGPASSWORD=hunter2",
    "DB_PASSWORD_PROD=hunter2",
    "az login --service-principal -u app --client-secret hunter2 --tenant t",
    "az storage blob list --account-key hunter2",
    "curl --password='hunter2'",
    "sig=hunter2%3D",
    "first\nsig=hunter2&se=1",
    "https://a.blob.core.windows.net/c?sv=1&sig=hunter2&se=2",
    r"https://a.blob.core.windows.net/c?sv=1\u0026sig=hunter2\u0026se=2",
    "https%3A%2F%2Fa.blob.core.windows.net%2Fc%3Fsv%3D1%26sig%3Dhunter2%26se%3D2",
    "{'sig': 'hunter2'}",
    '{"keys":[{"keyName":"key1","value":"hunter2==","permissions":"FULL"}]}',
    '{\n  "keyName": "key1",\n  "value": "hunter2"\n}',
    '{"passwords": [{"name": "password", "value": "hunter2"}]}',
    '{"env": [{"name": "DB_PASSWORD", "value": "hunter2"}]}',
    r'{"message": "{\"password\":\"hunter2\"}"}',
    r'"{\"a\": \"{\\\"password\\\": \\\"hunter2\\\"}\"}"',
    '{"password": 13371337}',
    "password = 'it's hunter2'",
    r'{"password": "a\"b hunter2"}',
    "{'password': \"it's hunter2\"}",
    'DB_PASSWORD=a"hunter2',
    "DB_PASSWORD=a,hunter2",
    "passwords: ['first', 'hunter2']",
    "password: 'hunter 2'",
    "AccountName=a;AccountKey=hunter2==;EndpointSuffix=core.windows.net",
    "Endpoint=sb://a/;SharedAccessKeyName=Root;SharedAccessKey=hunter2",
    "AccountKey%3Dhunter2%3D%3D%3BEndpointSuffix",
    "DB_PASSWORD%3Dhunter2%26x%3D1",
    "%7B%22password%22%3A%22hunter2%22%7D",
    "Server=tcp:db,1433;User ID=app;Password=hunter2;Encrypt=True",
    "InstrumentationKey=hunter2-0000;IngestionEndpoint=https://x",
    "passphrase: hunter2",
    "Enter pass phrase: hunter2",
    'os.environ["API_TOKEN"] = "hunter2"',
    "('DB_PASSWORD', 'hunter2')",
    "def connect(password: str = 'hunter2'):",
    "client_secret=hunter2&scope=x",
    '{"primaryKey": "k1", "secondaryKey":"hunter2"}',
    "{'Authorization': 'Basic hunter2='}",
    "Authorization: hunter2==",
    "Authorization: Basic hunter2==",
    "Ocp-Apim-Subscription-Key: hunter2",
    "x-functions-key: hunter2",
    "Set-Cookie: session=hunter2; Path=/; HttpOnly",
    '{"tags": {"api-key": "hunter2"}}',
    "token=hunter2",
    "token: hunter2",
    "pass\x1b[1mword=hunter2",
    "postgresql://app:hunter2@db.internal/churn",
    "postgresql://app:a@hunter2@db.internal/churn",
    "postgresql://app:a/hunter2@db.internal/churn",
    "redis://:12/hunter2@cache:6380/0",
    "http://user:hunter2@proxy.corp:3128",
]
SHAPED = [
    ("got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl from the header", "eyJzdWIiOiIxIn0"),
    ("cut off: eyJhbGciOiJSUzI1NiJ9eyJzdWIiOi", "eyJhbGciOiJSUzI1NiJ9"),
    ("Authorization: Bearer abcdefgh12345678", "abcdefgh12345678"),
    ("pushed with ghp_0123456789abcdefghijABCDEFGHIJ012345", "0123456789abcdefghij"),
    ("github_pat_11ABCDEFG0123456789_abcdefghijklmnop", "0123456789_abcdef"),
    ("openai sk-proj-Ab1Cd2Ef3Gh4Ij5Kl6Mn7", "Ab1Cd2Ef3"),
    ("s3 AKIAIOSFODNN7EXAMPLE is not allowed", "AKIAIOSFODNN7EXAMPLE"),
    ("downloading with hf_AbCdEfGhIjKlMnOpQrStUvWxYz", "AbCdEfGh"),
    ("xoxb-123456789012-abcdefghijkl", "abcdefghijkl"),
    ("PREFECT pnu_0123456789abcdefghijABCDEFGHIJ012345", "0123456789abcdefghij"),
    ("https://hooks.slack.com/services/T000/B000/XXXXhunter2", SECRET),
    ("key is " + "Ab1+" * 21 + "Ab==", "Ab1+Ab1+"),
    ("entra abc8Q~" + "dEf-_.1~" * 4, "dEf-_"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----", "MIIEow"),
    (r'{"key_file": "-----BEGIN PRIVATE KEY-----\nMIIEow\n-----END PRIVATE KEY-----"}', "MIIEow"),
    (f"{PEM_LINE}\nqGSM49abc\n-----END EC PRIVATE KEY-----", "qGSM49abc"),
    (f"2024-05-01 INFO {PEM_LINE}", PEM_LINE),
    (f"loading\n{PEM_LINE}\ndone", PEM_LINE),
    ("REJfUEFTU1dPUkQ9aHVudGVyMiBhbmQgbW9yZQ==", "REJfUEFTU1dPUkQ9aHVudGVyMiBhbmQgbW9yZQ"),
]
# What inference servers, conda, pip, transformers, mlflow and Azure print. Nothing of it is secret.
HARMLESS = [
    "2024-05-01 12:00:00,123 I [70] azmlinfsrv - POST /score 200 12.345ms 15",
    "2024-05-01 12:00:00,123 I [70] gunicorn.error - Listening at: http://0.0.0.0:31311 (70)",
    "2024-05-01 12:00:00,123 W [70] azmlinfsrv - Found extra keys in the config file that are not supported.",
    "Instance status:\nSystemSetup: Succeeded\nUserContainerImagePull: Succeeded\nModelDownload: Succeeded",
    "AZUREML_MODEL_DIR=/var/azureml-app/azureml-models/churn/3",
    "ValueError: invalid token: expired",
    "json.decoder.JSONDecodeError: Unexpected token: }",
    "KeyError: 'password'",
    'KeyError: "secret_key"',
    '  File "/var/azureml-app/src/score.py", line 20, in init\n    conn = connect(user, password=settings.password)',
    '    client = Client(token=os.environ["API_TOKEN"])',
    "TypeError: connect() missing 1 required positional argument: 'password'",
    "max_tokens=256, prompt_tokens: 12, completion_tokens=40, total_tokens: 52",
    "special tokens: {'bos_token': '<s>', 'eos_token': '</s>', 'pad_token': '[PAD]'}",
    "tokenizer: bert-base-uncased, tokenizer_config.json: 100%",
    "Setting `pad_token_id` to `eos_token_id`:2 for open-end generation.",
    "signal=5 sigma=0.05 sigmoid: 0.7 design=3 significance=0.01",
    "pass: 12, fail: 0; first pass: loading, bypass=true, compass: north",
    "primary_key_count=3 sort_key=name key=value monkey: 7 keys: ['a', 'b']",
    "Loading model azureml:password-strength:3 from azureml-models/password-strength/3",
    '{"auth_mode": "key", "id": "/subscriptions/1"} ValueError: a row has 10 measurements, at score.py:20',
    '{"prediction": [0.12, 0.88], "label": "churn", "value": 12.5}',
    "http://model-server:8080/users/someone@example.org",
    "git clone https://org@dev.azure.com/org/_git/repo",
    "Collecting scikit-learn==1.5.0 --hash=sha256:" + "0123456789abcdef" * 4,
    "integrity sha512-" + "Ab1+" * 21 + "Ab==",
    "0123456789abcdef" * 4 + "  model.pkl",
    "Image digest: sha256:" + "0123456789abcdef" * 4,
    "x-request-id 3f0f2a6e-8c11-4f6a-9a31-0d6d1d3c5b7e",
    "traceparent 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "BadRequest: Specified deployment [blue] failed during initial provisioning and is in an unrecoverable state.",
    "The request body is missing the property 'properties.authMode'. Allowed: Key, AMLToken, AADToken",
    "AuthorizationFailed: The client 'a@b.com' with object id '1-2' does not have authorization over scope '/s/1'",
    "SecretNotFound: A secret with (name/id) db-password was not found in this key vault",
    "KeyBasedAuthenticationNotPermitted: Key based authentication is not permitted on this storage account",
    "Downloading: 100%|██████████| 440M/440M [00:05<00:00, 80.1MB/s]",
    "DB_PASSWORD is not set; pass it with --password or DB_PASSWORD_FILE=/run/secrets/db",
    "password: None, token=null, api_key=''",
    "token: Bearer or Basic expected; the bearer of this message is authenticated",
    "Using secrets from ${DB_PASSWORD} and <password>; password={password}",
    "Author: Größe 你好 \U0001f600",
]


@pytest.mark.parametrize("text", NAMED)
def test_the_value_of_a_secret_name_is_replaced(text: str) -> None:
    """Whatever the spelling, quoting, escaping or encoding."""
    cleaned = redact(text)
    assert SECRET not in cleaned
    assert "13371337" not in cleaned
    assert "***" in cleaned


@pytest.mark.parametrize(("text", "secret"), SHAPED)
def test_a_secret_is_known_by_its_shape(text: str, secret: str) -> None:
    """Tokens, keys and private keys need no name."""
    assert secret in text
    assert secret not in redact(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_stays(text: str) -> None:
    """Real log lines keep every word."""
    assert redact(text) == text


@pytest.mark.parametrize("text", [*NAMED, *(text for text, _ in SHAPED), *HARMLESS])
def test_a_second_time_changes_nothing(text: str) -> None:
    """A value that is loaded again passes the gate again."""
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;owned\x07title", "title"),
        ("\x1b]8;;http://elsewhere\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]open\nnext line", "\nnext line"),
        ("50 %\r100 %\r\ndone\tok", "50 %\n100 %\ndone\tok"),
        ("a\x00b\x9b\u202ec", "a\ufffdb\ufffd\ufffdc"),
        ("half of a smile: \ud83d", "half of a smile: \ufffd"),
        ("a whole one: \U0001f600, größer", "a whole one: \U0001f600, größer"),
        ("pass\x1b[0mword", "password"),
    ],
)
def test_text_commands_no_terminal_and_can_be_written(text: str, shown: str) -> None:
    """Escape sequences, control characters and halves of characters are taken out; lines stay lines."""
    assert redact(text) == shown
    assert shown.encode()


NASTY = {
    "token": "-eyJ" * 50_000,
    "address": "://a:" * 40_000,
    "open quotes": 'password="' * 20_000,
    "bearer": "Bearer " * 30_000,
    "names": "token=hello," * 17_000,
    "one word": "A" * 200_000,
    "cookies": "cookie:" * 30_000,
    "cut keys": ("MIIE\n" * 100 + "-----END RSA PRIVATE KEY-----") * 300,
    "backslashes": '"password=\\' + "\\" * 200_000,
    "closing quotes": 'token="' + 'a" ' * 60_000,
    "options": "--token " * 25_000,
    "lists": "keyName':'" * 20_000,
}


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_redaction_takes_no_longer_for_a_nasty_text(text: str) -> None:
    """A log made to look like a secret at every place doesn't hold up the run."""
    began = time.perf_counter()
    redact(text)
    assert time.perf_counter() - began < 6


def test_json_stays_whole() -> None:
    """What was JSON can still be read as such."""
    value = {"tags": {"api-key": "hunter2", "db": "a://b:hunter2@c"}, "n": 1, "password": 13371337, "m": 'PASSWORD=a"b'}
    shown = {"tags": {"api-key": "***", "db": "a://b:***@c"}, "n": 1, "password": "***", "m": "PASSWORD=***"}
    assert json.loads(redact(json.dumps(value))) == shown
    assert json.loads(json.loads(redact(json.dumps(json.dumps(value))))) == shown


def test_tags_are_redacted_with_their_names() -> None:
    """A name that says what the value is, is enough; the value alone looks like any word."""
    assert redact_texts({"api-key": "hunter2", "stage": "prod"}) == {"api-key": "***", "stage": "prod"}
    assert redact_value({"a": [{"DB_PASSWORD": "hunter2", "max_tokens": "8"}]}) == {
        "a": [{"DB_PASSWORD": "***", "max_tokens": "8"}]
    }


def test_an_error_is_safe_to_show_wherever_it_comes_from() -> None:
    """Errors become states and notifications, so what they quote is redacted and can be stored."""
    error = PermanentError("score.py said DB_PASSWORD=hunter2\x00", "see \ud83d", Origin(code="a\x00", request_id="r"))
    assert "hunter2" not in str(error) + repr(error) + str(error.as_dict())
    assert "\x00" not in str(error)
    assert str(error).encode()
