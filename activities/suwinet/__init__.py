"""Suwinet: what UWV, DUO and the Inlichtingenbureau know of one person (BKWI, SuwiML Transactiestandaard 4.0).

One broker, one shape of message for every registry behind it: SOAP 1.1, document/literal, WS-Addressing and
WS-Security. `activities.suwinet.client` is the way in.
"""
