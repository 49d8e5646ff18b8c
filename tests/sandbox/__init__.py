"""Tests of the sandbox, by the real SDKs."""
