"""What botocore, or the AWS CLI's copy of it, makes of environments: one a line on stdin, an answer a line on stdout.

The environment's `RECORD_SERVER` stands in for AWS. Each is asked in a process of its own.
"""

import json
import os
import sys

try:
    import awscli.botocore as botocore
    from awscli.botocore import credentials, session, tokens
except ImportError:
    import botocore
    from botocore import credentials, session, tokens


def answer(home, environment):
    server = environment.pop("RECORD_SERVER")
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(home)
    os.dup2(os.open("/dev/null", os.O_RDWR), 0)
    cache = os.path.join(home, ".aws/sso/cache")
    # Debian has the modules under two names.
    for name, module in list(sys.modules.items()):
        if name.endswith(("botocore.credentials", "botocore.tokens")):
            for provider in ("SSOProvider", "SSOTokenProvider"):
                if hasattr(module, provider):
                    getattr(module, provider)._SSO_TOKEN_CACHE_DIR = cache
    create = session.Session.create_client

    def create_client(self, service, *arguments, **settings):
        settings["endpoint_url"] = server
        if service == "sts" and not settings.get("region_name") and not arguments:
            settings["region_name"] = self.get_config_variable("region") or "us-east-1"
        return create(self, service, *arguments, **settings)

    session.Session.create_client = create_client
    own = session.Session()
    found = {}
    try:
        region = own.get_config_variable("region")
        found["region"] = region if isinstance(region, str) else None
        given = own.get_credentials()
        frozen = given and given.get_frozen_credentials()
        found["id"] = frozen and frozen.access_key
    except BaseException as error:
        found["error"] = type(error).__name__
    return found


print(botocore.__version__, flush=True)
for line in sys.stdin:
    home, environment = json.loads(line)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(write, json.dumps(answer(home, environment)).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    print(text or '{"error": "no answer"}', flush=True)
