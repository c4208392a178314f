DROP TABLE changes;
DROP TABLE bookings;
DROP TABLE photos;
DROP TABLE rooms;
DROP TABLE members;
DROP TABLE orgs;
DROP TABLE keys;
DROP TABLE users;
