"""From answers to results: marks by rule and by people, results, and the release that makes them visible."""
