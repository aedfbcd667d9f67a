"""Azure Event Grid's way to Prefect: a small web service that takes events, and answers only when Prefect has them."""
