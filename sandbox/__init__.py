"""The outside world for demo and tests: WeChat and WeChat Pay over HTTP."""
