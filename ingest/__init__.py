"""Juesuan: published budgets and final accounts in, a judged warehouse out."""
