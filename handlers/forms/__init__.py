"""Forms: their actions (served to anyone who speaks Rasa's protocol), who runs them, and the loop around them."""
