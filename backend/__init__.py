"""The backend: everything between a tap in WeChat and the bridge that writes meters."""
