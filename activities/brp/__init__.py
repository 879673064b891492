"""The BRP as this product needs it (Haal Centraal BRP Personen bevragen 2.7.0, OpenAPI of RvIG).

A question travels in the body of a POST, so that no burgerservicenummer lands in an address or an access log;
for the same reason no error, sentence or log line of this package repeats what was sent or received.
"""

from activities.brp.client import BrpClient
from activities.brp.connection import MAX_ANSWER_BYTES, MAX_USER, Login
from activities.brp.outcome import NoUse
from activities.brp.persons import Hit
from activities.brp.setting_up import brp_certificates, brp_client

__all__ = [
    "MAX_ANSWER_BYTES",
    "MAX_USER",
    "BrpClient",
    "Hit",
    "Login",
    "NoUse",
    "brp_certificates",
    "brp_client",
]
