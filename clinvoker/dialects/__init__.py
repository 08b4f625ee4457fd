"""
The wire formats: one module per format, each a provider of `clinvoker.interfaces.IDialect`.

Pure: bytes and values in, bytes and values out.  Nothing here knows a transport, a clock, a
backend, or another dialect's door; what two of them share (errors, event streams) is a module.
"""
