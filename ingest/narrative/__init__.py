"""What a paper says in words: quantitative claims of its explanation."""
