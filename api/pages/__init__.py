"""Pages that people read, written whole: nothing is fetched by them and nothing runs in them."""
