"""Topics of a journey: for each what acts say, what they do, and how a route declares them.

A rule changes a draft; a check raises Refused with a sentence. Articles of law stand beside the line that
they explain.
"""
