"""Networks of the literature, each converted by a few lines, and what is proved of them."""
