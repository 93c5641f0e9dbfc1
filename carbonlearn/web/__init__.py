"""The Flask edge that all features share: context, guard, errors, security, description, languages."""
