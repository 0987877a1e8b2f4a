"""What an event type may be called: it is an EventBridge detail-type and a part of a URL."""

import re

TYPE_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")
