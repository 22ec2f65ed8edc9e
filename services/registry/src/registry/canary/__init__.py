"""The canary: a small client that does every hour what people do, and says whether it worked. It knows the public addresses alone."""
