"""The form catalogue (catalogue.yml) and the one generic parser that obeys it."""
