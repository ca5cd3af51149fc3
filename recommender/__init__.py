"""A tourist's words → ranked and explained listings. The door is `recommender.finder`."""
