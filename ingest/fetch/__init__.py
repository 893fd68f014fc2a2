"""Fetch published papers into an inbox: politely, within limits, from public addresses only."""
