"""`make test-web`: the TypeScript client and the example's pages, in node and a real browser."""
