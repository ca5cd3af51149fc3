"""Three invented cities whose words the code has never seen: their listings, questions and strict judgements."""
