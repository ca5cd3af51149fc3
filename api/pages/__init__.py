"""The pages: server-rendered, in Chinese and English, that work without script and do more with it."""
